import { defineConfig } from 'vitest/config';

// What measures figures of the whole machine, or brings all the load that it can take.
const ALONE = ['cost', 'figures', 'moves-survive-kills', 'moving-under-fire', 'reload-drops-nothing'].map(
  (name) => `test/e2e/${name}.test.ts`,
);
const PATIENCE = { testTimeout: 120_000, hookTimeout: 60_000 };

// Three projects, one after another: decisions, tested from the sources; then promises, with the built files, real
// processes and real load. Most of those wait most of their time, each in a home of its own: two files at once.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**'],
          testTimeout: 20_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          ...PATIENCE,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e-alone',
          include: ALONE,
          fileParallelism: false,
          ...PATIENCE,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
