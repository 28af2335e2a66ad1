import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // chDB keeps one data directory per process: each file gets a process of its own.
    pool: "forks",
    // Most of the time of the long ones is waiting.
    maxWorkers: 3,
    // Tests that run at once in a file mostly wait.
    maxConcurrency: 30,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/closing-line-reporter.ts"],
  },
});
