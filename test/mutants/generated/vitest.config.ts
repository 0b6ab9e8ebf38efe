import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** The tests of pure code and of one request: no PostgreSQL, and nothing that waits. */
export default defineConfig({
	test: {
		root: join(import.meta.dirname, "../../.."),
		include: [
			"test/event/*.test.ts",
			"test/words/attention.test.ts",
			"test/reward/{classify,credentials,evidence,exchange,path,retry-after}.test.ts",
		],
		exclude: ["**/node_modules/**", "test/event/receipt-simulation.test.ts"],
	},
});
