// import() of modules that are not part of the commands: config files, the dashboard.
type Importer = (url: string) => Promise<unknown>;

// Code that was compiled by an earlier run cannot import() by itself ("A dynamic import callback was not specified", seen on
// Node 20.20 and 24.21), so main.ts, which is compiled afresh, lends its own.
let importer: Importer = (url) => import(url);

/** Called once, before any command. */
export function lendImport(lent: Importer): void {
  importer = lent;
}

/** The exports of the module at `url` (file:). */
export function importModule(url: string): Promise<unknown> {
  return importer(url);
}
