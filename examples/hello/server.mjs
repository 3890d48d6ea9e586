// A web server like any other: it answers with its version, and no line of it knows about zdm.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const version = readFileSync(new URL('version.txt', import.meta.url), 'utf8').trim();

const server = createServer((_request, response) => {
  response.end(`hello from version ${version}\n`);
});

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`version ${version} listens`);
});
