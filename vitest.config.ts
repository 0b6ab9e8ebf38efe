import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		exclude: ["**/node_modules/**"],
		globalSetup: ["test/support/global-setup.ts"],
		// Processes, not threads: tests send signals and count sockets, and both belong to a process.
		pool: "forks",
		// More would only make the timing tests wait for each other; every file also shares the one PostgreSQL.
		maxWorkers: 2,
		// A test that fails now and then is to be mended: what it should wait for is a fact. CI tries it once more and
		// says so, because what one finds on the way must not keep back what has nothing to do with it.
		retry: process.env["CI"] ? 1 : 0,
		testTimeout: 20_000,
		hookTimeout: 60_000,
		teardownTimeout: 20_000,
	},
});
