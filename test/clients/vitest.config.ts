import { defineConfig } from "vitest/config";

/**
 * The project's own harness and database; only the libraries are this folder's. `.spec.ts` keeps these out of the main
 * suite.
 */
export default defineConfig({
	test: {
		root: import.meta.dirname,
		include: ["**/*.spec.ts"],
		exclude: ["**/node_modules/**"],
		globalSetup: ["../support/global-setup.ts"],
		pool: "forks",
		maxWorkers: 2,
		testTimeout: 20_000,
		hookTimeout: 60_000,
		teardownTimeout: 20_000,
	},
});
