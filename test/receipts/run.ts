/**
 * `npm run simulate:receipts -- [--seed 1] [--events 40000] [--customers 4000] [--hours 8] [--hours-after 6] [--speed 120]`:
 * a day with bad webhooks in a few minutes, and what each policy makes of it.
 */
import { parseArgs } from "node:util";
import { simulate } from "./end-to-end.ts";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "1" },
		events: { type: "string", default: "40000" },
		customers: { type: "string", default: "4000" },
		hours: { type: "string", default: "8" },
		"hours-after": { type: "string", default: "6" },
		speed: { type: "string", default: "120" },
	},
});
const { outcomes, webhooks } = await simulate({
	seed: Number(values.seed),
	events: Number(values.events),
	customers: Number(values.customers),
	hours: Number(values.hours),
	hoursAfter: Number(values["hours-after"]),
	speed: Number(values.speed),
});
console.table(
	Object.fromEntries(
		outcomes.map(({ policy, ...found }) => {
			const fewer =
				found.applied === 0 ? "–" : `${((100 * (found.applied - found.doubled)) / found.applied).toFixed(1)} %`;
			return [policy, { ...found, fewer }];
		}),
	),
);
console.log(JSON.stringify(webhooks));
