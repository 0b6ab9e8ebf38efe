import { randomBytes } from "node:crypto";

/** A webhook of Reward in the documented form. */
export interface Webhook {
	readonly id?: string;
	readonly type?: string;
	readonly time?: string;
	readonly trigger?: string;
	readonly user?: string;
	/** As it stands in the JSON; left out: no value. */
	readonly value?: string | number;
}

/** Its text: a number keeps the digits it is given with. */
export function webhook(given: Webhook = {}): string {
	const { id = webhookId(), type = "trigger_event.created", trigger = "paid", user = "ada" } = given;
	const value = given.value === undefined ? "" : `"value":${given.value},`;
	const data = `{"user":{"id":${JSON.stringify(user)}},${value}"trigger":{"id":${JSON.stringify(trigger)}}}`;
	const time = given.time ?? new Date().toISOString();
	return `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"time":${JSON.stringify(time)},"data":${data}}`;
}

function webhookId(): string {
	return `we_${randomBytes(13).toString("hex")}`;
}
