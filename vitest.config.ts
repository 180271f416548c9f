import { defineConfig } from 'vitest/config';

const conditions = ['@fairlead/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', '{lab,bench,examples,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    passWithNoTests: false,
    allowOnly: false,
    // No test is about time: this only ends what would never end, on a busy machine too.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
