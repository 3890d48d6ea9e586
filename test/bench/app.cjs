// The app that everybody runs in the benchmarks: the same handler, the same bytes.
const http = require('node:http');

http.createServer((request, response) => response.end('hello\n')).listen(Number(process.env.PORT));
