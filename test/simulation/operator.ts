import type { Expected } from "./event-book.ts";
import type { OperatorAction, Scene } from "./story.ts";
import type { World } from "./world.ts";

type EventAction = Exclude<OperatorAction, "pause" | "resume">;

/** A person does something. While the database is down there is nothing to be done. */
export function operate(world: World, { action, event: no, trigger }: Extract<Scene, { does: "operate" }>): void {
	if (!world.database.server.isUp) return;
	if (action === "pause" || action === "resume") operateTrigger(world, action, trigger);
	else decideEvent(world, action, no);
}

function decideEvent(world: World, action: EventAction, no: number): void {
	const event = [...world.book.all].find((one) => one.no === no);
	if (event !== undefined && world.database.statusOf(event.id) !== null) decide(world, action, event);
}

/** A person looks at Reward, and says what became of an uncertain event. */
export function resolve(world: World, eventId: string): void {
	const event = world.book.of(eventId);
	if (event !== undefined) decide(world, "resolve", event);
}

function operateTrigger(world: World, action: "pause" | "resume", trigger: string): void {
	const { operate } = world.database;
	world.note("operator", "database", `${action} ${trigger}`);
	if (action === "pause") operate.pause(trigger, "a person wants it", "operator");
	else operate.resume(trigger);
}

/** What a person decides goes into the book before anybody looks at what came of it. */
function decide(world: World, action: EventAction, event: Expected): void {
	const { operate } = world.database;
	world.note("operator", "database", action, [event.no]);
	const was = world.database.statusOf(event.id);
	const isApplied = event.sent.some((sent) => sent.isApplied);
	const { mayDouble, isResolved, decidedStatus } = event;
	const act = () => {
		switch (action) {
			case "retry":
			case "retry anyway":
				event.mayDouble ||= was === "delivered" || was === "uncertain";
				event.decidedStatus = "pending";
				return operate.retry([event.id], action === "retry anyway");
			case "cancel":
				event.decidedStatus = "cancelled";
				return operate.cancel([event.id], "not wanted");
			case "resolve":
				// A person looks at Reward. What is under way from a relay that everybody takes for dead may still arrive.
				event.mayDouble = true;
				event.isResolved = isApplied;
				event.decidedStatus = isApplied ? "delivered" : "pending";
				return operate.resolve(event.id, isApplied, "looked");
			default:
				return action satisfies never;
		}
	};
	if (!act().some(({ done }) => done)) Object.assign(event, { mayDouble, isResolved, decidedStatus });
}
