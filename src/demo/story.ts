import { setTimeout as sleep } from "node:timers/promises";
import { OutboxError } from "../errors.ts";
import type { Database } from "../store/database.ts";
import { buy, createShop, type Outline, type Purchase, readOutlines, reportPayment } from "../store/demo-shop.ts";
import type { Narrator } from "./narrator.ts";

const CUSTOMERS = ["ada", "grace", "linus", "margaret", "edsger", "barbara", "donald", "frances", "ken"];
const TOTALS = ["19.99", "5.00", "120.50", "7.25", "42.00", "3.10", "64.90", "15.00", "88.88"];
/** Changes their mind: nothing of theirs may ever reach the sandbox. */
export const ROLLED_BACK = "mallory";

const LOOK_EVERY_MS = 100;

/** Purchases that commit, one that does not, and one that is reported twice. */
export async function tellStory(db: Database, narrator: Narrator): Promise<void> {
	await createShop(db);
	narrator.heading("A shop sells. Each order and its event are written in one transaction:");
	for (const [index, customer] of CUSTOMERS.entries()) {
		await sell(db, narrator, { orderNo: index + 1, customer, total: TOTALS[index] ?? "1.00" });
	}

	const declined = { orderNo: 10, customer: ROLLED_BACK, total: "999.00" };
	await buy(db, declined, "ROLLBACK", () => {});
	narrator.line(`ROLLBACK  ${labelOf(declined)}: the card was declined, so there is no order and no event`);

	const paid = { orderNo: 11, customer: "radia", total: "31.40" };
	const label = (id: string) => narrator.label(id, labelOf(paid));
	const first = await reportPayment(db, paid, label);
	const second = await reportPayment(db, paid, () => {});
	if (first !== second)
		throw new OutboxError("demo_failed", "a second emit with the same idempotency key made a second event");
	narrator.line(`COMMIT    ${labelOf(paid)}, reported twice with idempotency_key 'order-11-paid': one event`);
}

/** One purchase that commits. */
export async function sell(db: Database, narrator: Narrator, purchase: Purchase): Promise<void> {
	await buy(db, purchase, "COMMIT", (id) => narrator.label(id, labelOf(purchase)));
	narrator.line(`COMMIT    ${labelOf(purchase)}`);
}

/** Another purchase for as long as the demo runs. */
export function nextPurchase(orderNo: number): Purchase {
	const customer = CUSTOMERS[Math.floor(Math.random() * CUSTOMERS.length)] ?? "ada";
	return { orderNo, customer, total: (1 + Math.random() * 99).toFixed(2) };
}

/** Resolves when every event is delivered. @throws OutboxError when that takes too long, or cannot happen any more. */
export async function untilDelivered(db: Database, timeoutMs: number, signal: AbortSignal): Promise<Outline[]> {
	const deadline = performance.now() + timeoutMs;
	for (;;) {
		const outlines = await readOutlines(db);
		const open = outlines.filter((outline) => outline.status !== "delivered");
		if (open.length === 0) return outlines;
		if (performance.now() > deadline || open.some((outline) => outline.status === "dead")) {
			const list = open.map((outline) => `${outline.customer} ${outline.status}`).join(", ");
			throw new OutboxError("demo_failed", `not everything was delivered: ${list}`);
		}
		await sleep(LOOK_EVERY_MS, undefined, { signal });
	}
}

function labelOf({ orderNo, customer, total }: Purchase): string {
	return `order ${orderNo}, ${customer}, ${total}`;
}
