// zdm start zdm.config.cjs
module.exports = {
  apps: [{ name: 'hello', script: './server.mjs', instances: 2 }],
};
