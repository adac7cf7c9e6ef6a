import { defineConfig } from 'vitest/config';

/** One project per kind of test (docs/testing.md); the kinds run one after the other, and what starts servers one file at a time: all share the cores. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,corpus,sim}/**/*.test.ts'],
          testTimeout: 180_000, // properties draw many worlds, and a busy machine takes its time
        },
      },
      { test: { name: 'tidy', include: ['test/tidy/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'conformance',
          sequence: { groupOrder: 1 },
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'containers',
          sequence: { groupOrder: 3 },
          include: ['test/containers/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 1_800_000, // images may have to be made
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 2 },
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
