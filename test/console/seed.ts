import type { Stage } from "./use-console.ts";

/** What browsers, terminals and readers have been fooled with. None of it may do anything on the page. */
export const HOSTILE = {
	user: `<script>alert("user")</script>\u202e\u{1f4b0} gnirts-desrever\u202c\u200b\u2066`,
	trigger: `"><img src=x onerror=alert(1)>`,
	key: `javascript:alert(1)//${"k".repeat(480)}`,
	payload: JSON.stringify({
		value: 19.99,
		"<b>key</b>": "</script><script>alert(2)</script>",
		ansi: "\u001b[31mred\u001b[0m\u009b2J",
		bidi: "\u202eabc\u2069",
		// biome-ignore lint/suspicious/noTemplateCurlyInString: a template of somebody else
		template: "{{constructor.constructor('alert(3)')()}} ${alert(4)}",
		"the one that fills 60 KiB": "x".repeat(60 * 1024),
	}),
	metadata: '{"__proto__": {"polluted": true}, "note": "</textarea><svg onload=alert(5)>"}',
} as const;

/** An outbox in which every page has something to show: good, bad, and hostile. Returns the hostile event. */
export async function seed(stage: Stage): Promise<{ readonly hostileId: string; readonly deadId: string }> {
	const { database, site } = stage;
	await database.query("INSERT INTO reward_outbox.triggers (trigger_id, mode) VALUES ('big_bonus', 'at_most_once')");
	await database.query("SELECT reward_outbox.pause_trigger('paused', '<b>wrong</b> \u202eamount', 'anna')");
	site.unknownUsers.add("nobody");
	site.unluckyUsers.add("in doubt");
	const deadId = await stage.write({ user: "nobody" });
	const uncertain = await stage.write({ user: "in doubt", trigger: "big_bonus" });
	const hostileId = await stage.write({
		user: HOSTILE.user,
		trigger: HOSTILE.trigger,
		payload: HOSTILE.payload,
		metadata: HOSTILE.metadata,
		idempotencyKey: HOSTILE.key,
		orderingKey: HOSTILE.user,
	});
	await stage.write({ user: "waits", trigger: "paused" });
	const delayed = await stage.write({ user: "later", deliverAfter: "2999-01-01T00:00:00Z" });
	await stage.becomes(deadId, "dead");
	await stage.becomes(uncertain, "uncertain");
	await stage.becomes(hostileId, "delivered");
	await database.query("SELECT FROM reward_outbox.cancel_events(ARRAY[$1::uuid], 'the <i>order</i> was cancelled')", [
		delayed,
	]);
	await breakWatch(stage);
	await beginBackfill(stage);
	return { hostileId, deadId };
}

/** A rule that missed a row, and no longer fits its table. */
async function breakWatch({ database }: Stage): Promise<void> {
	await database.query("CREATE TABLE public.orders (id int PRIMARY KEY, customer text, total numeric)");
	await database.query(`SELECT reward_outbox.watch(name => 'order_paid', table_name => 'public.orders', operations => '{INSERT}',
		trigger_id => 'successful_payment', user_id => 'NEW.customer', payload => $$ jsonb_build_object('value', 1 / NEW.total) $$)`);
	await database.query("INSERT INTO public.orders VALUES (1, 'user1', 0)");
	await database.query("ALTER TABLE public.orders RENAME COLUMN total TO amount");
}

/** A rule that works, on rows of before it, and a backfill of it that was stopped. */
async function beginBackfill({ database }: Stage): Promise<void> {
	await database.query(
		"CREATE TABLE public.refunds (id int PRIMARY KEY, customer text, note text); INSERT INTO public.refunds VALUES (1, 'user1', '<b>x</b> \u202ey'), (2, NULL, 'z')",
	);
	await database.query(`SELECT reward_outbox.watch(name => 'refund', table_name => 'public.refunds', operations => '{INSERT}',
		trigger_id => 'refund', user_id => 'NEW.customer', payload => $$ jsonb_build_object('note', NEW.note) $$, idempotency_key => 'NEW.id::text')`);
	await database.query(
		"SELECT reward_outbox.begin_backfill('refund', '{}', '{}', gen_random_uuid(), false, false, '<i>old</i> refunds', 'anna', 5, 2)",
	);
	await database.query("SELECT reward_outbox.stop_backfill(b.run_no, 'anna') FROM reward_outbox.watch_backfills b");
}
