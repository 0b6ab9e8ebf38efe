import { describe, expect, test } from "vitest";
import { createBufferedLogger, type LogTarget } from "../src/log-buffer.ts";

/** A reader that takes lines when the test says so. */
function slowReader() {
	const lines: string[] = [];
	const waiting: ((error?: Error) => void)[] = [];
	const target: LogTarget = {
		write: (text, done) => {
			lines.push(text);
			waiting.push(done);
		},
	};
	const answer = (error?: Error) => {
		for (const done of waiting.splice(0)) done(error);
	};
	return { target, lines, answer };
}

const OPTIONS = { level: "info", pretty: false } as const;
const filling = "x".repeat(100_000);

describe("a log whose reader does not read", () => {
	test("keeps some megabytes for it, drops and counts the rest, and says so once when lines are taken again", () => {
		const { target, lines, answer } = slowReader();
		const { logger, buffer } = createBufferedLogger(target, OPTIONS);
		for (let n = 0; n < 1_000; n++) logger.info({ filling }, "line");
		const kept = lines.length;
		expect(kept * filling.length).toBeLessThan(4.5 * 2 ** 20);
		expect(buffer.dropped).toBe(1_000 - kept);
		answer();
		answer();
		expect(lines.slice(kept).map((line) => JSON.parse(line))).toMatchObject([
			{ level: "warn", msg: "log lines were dropped: their reader did not take them", count: 1_000 - kept },
		]);
		logger.info({}, "after");
		answer();
		expect(lines.length).toBe(kept + 2);
	});

	test("counts each line that could not be written, and goes on trying", () => {
		const { target, lines, answer } = slowReader();
		const { logger, buffer } = createBufferedLogger(target, OPTIONS);
		for (let n = 0; n < 3; n++) {
			logger.info({}, "line");
			answer(new Error("no space left on device"));
		}
		expect(buffer.dropped).toBe(3);
		logger.info({}, "there is room again");
		answer();
		expect(lines.at(-1)).toContain('"count":3');
	});
});
