// What Node.js itself offers: a primary that forks INSTANCES workers and hands connections out round robin.
const cluster = require('node:cluster');

cluster.schedulingPolicy = cluster.SCHED_RR;
if (cluster.isPrimary) {
  for (let i = 0; i < Number(process.env.INSTANCES); i += 1) cluster.fork();
} else {
  require('./app.cjs');
}
