// The app of the pictures: a shop that takes a moment to start, works a little for each answer, and says what it did.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');

const { NAME, PORT, VERSION_FILE, BOOT_MS } = process.env;

if (PORT === undefined) {
  setInterval(() => console.log(`${NAME}: queue is empty`), 2000);
} else {
  const version = readFileSync(VERSION_FILE, 'utf8').trim();
  let slow = 0;
  const server = createServer(({ method, url }, response) => {
    const took = 2 + Math.round(Math.random() * 12);
    // Some work, so that there is something to measure.
    for (let turn = 0, sum = 0; turn < 60_000; turn += 1) sum += Math.sqrt(turn * sum + 1);
    setTimeout(() => {
      response.end(`${NAME} ${version}\n`);
      if (Math.random() < 0.05) console.log(`${method} ${url} 200 ${took}ms`);
      if (Math.random() < 0.002) console.error(`slow query on ${url}: ${(slow += 1) * 7 + 212}ms`);
    }, took);
  });
  setTimeout(() => server.listen(Number(PORT), () => console.log(`version ${version} listens`)), Number(BOOT_MS));
}
