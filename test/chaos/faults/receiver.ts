import {
	answer,
	drip,
	flood,
	gzipped,
	hang,
	raw,
	redirect,
	resetAfterApplying,
	resetAtHead,
	resetBeforeApplying,
	type Script,
	truncated,
} from "../../support/scripted-reward.ts";
import { badWeather } from "../bad-weather.ts";
import { FAIR_WEATHER, type Stage } from "../stage.ts";
import type { Fault } from "./fault.ts";

/** What Reward may do to everybody for a while. None of it may cost anything but time, and explained duplicates. */
const MISBEHAVIOUR: Readonly<Record<string, Script>> = {
	"answers 500": answer(500, '{"error":{"code":"internal","message":"try again"}}'),
	"answers 500 to what it applies": answer(500, "", {}, true),
	"answers 429 with Retry-After": answer(429, "", { "retry-after": "1" }),
	"takes requests and says nothing": hang(true),
	"resets before it applies": resetBeforeApplying(),
	"resets after it has applied": resetAfterApplying(),
	"resets in the middle of the request": resetAtHead(),
	"answers a byte at a time": drip(40),
	"cuts its answers short": truncated(),
	"answers without end": flood(),
	"answers in gzip": gzipped(),
	"answers what is no HTTP": raw("\u0000\u0001 250 OK\r\n\r\n", { applies: true, end: true }),
	"answers a page under status 200": answer(200, "<html>maintenance</html>", { "content-type": "text/html" }),
	"redirects elsewhere": redirect("https://example.com/"),
	"refuses the key": answer(401, '{"error":{"code":"unauthorized","message":"key was revoked"}}'),
	"refuses every eighth, as a firewall in front of it does": everyEighth(answer(403, "<html>blocked</html>")),
};

export const RECEIVER_FAULTS: readonly Fault[] = [
	...Object.entries(MISBEHAVIOUR).map(([what, script]) =>
		fault(`Reward ${what}`, 0.6, (stage, chance) => whileIt(stage, script, chance.between(300, 3_000))),
	),
	fault("Reward does all of this now and then", 2, (stage, chance) =>
		whileIt(stage, badWeather(chance.below(1_000_000)), chance.between(2_000, 8_000)),
	),
	fault("Reward refuses connections", 2, async (stage, chance) => {
		await stage.reward.close();
		await stage.wait(chance.between(300, 4_000));
		await stage.reward.reopen();
		return undefined;
	}),
];

function fault(name: string, weight: number, strike: Fault["strike"]): Fault {
	return { name, weight, mayCoincide: true, hitsWriters: false, strike };
}

async function whileIt(stage: Stage, script: Script, ms: number): Promise<undefined> {
	stage.reward.respond(script);
	await stage.wait(ms);
	stage.reward.respond(FAIR_WEATHER);
	return undefined;
}

function everyEighth(reply: Exclude<Script, (...args: never[]) => unknown>): Script {
	let count = 0;
	return (request) =>
		++count % 8 === 0 ? reply : typeof FAIR_WEATHER === "function" ? FAIR_WEATHER(request) : FAIR_WEATHER;
}
