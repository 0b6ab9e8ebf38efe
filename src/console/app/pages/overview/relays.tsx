import type { Overview, Relay } from "../../../../api/schema/overview.ts";
import { relayPauseRemedy } from "../../../../words/remedy.ts";
import { HOLD_WORDS } from "../../../../words/why-held.ts";
import { Badge, type Tone } from "../../components/badge.tsx";
import type { IconName } from "../../components/icon.tsx";
import { plural } from "../../components/numbers.ts";
import { Empty } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Since, Time } from "../../components/time.tsx";

/** How a relay learns of new events, and what that means. */
const LISTENERS: Readonly<Record<string, readonly [tone: Tone, icon: IconName, meaning: string]>> = {
	listening: ["good", "check", "hears of new events at once"],
	polling: ["warn", "clock", "looks for new events by itself: LISTEN does not reach it"],
	deaf: ["bad", "alert", "does not hear what it should; the poll finds new events"],
	connecting: ["warn", "clock", "is connecting to hear of new events"],
};

const COLUMNS: readonly Column<Relay>[] = [
	{
		header: "Relay",
		cell: ({ name, version, concurrency }) => (
			<div className="stack tight">
				<Text value={name} cap={80} mono />
				<span className="small muted">
					v<Text value={version} cap={40} />, {concurrency} in flight at most
				</span>
			</div>
		),
	},
	{ header: "State", cell: (relay) => <State relay={relay} /> },
	{
		header: "Up for",
		cell: ({ started_at }) => <Since at={started_at} />,
	},
	{ header: "Seen", cell: ({ seen_at }) => <Time at={seen_at} /> },
];

function State({ relay }: { readonly relay: Relay }) {
	const [tone, icon, meaning] = LISTENERS[relay.listener] ?? (["neutral", "question", relay.listener] as const);
	return (
		<div className="stack tight">
			<div>
				<Badge tone={tone} icon={icon} title={meaning}>
					{relay.listener}
				</Badge>
			</div>
			{relay.listener === "listening" ? null : <span className="small muted">{meaning}</span>}
			<Holding holding={relay.holding} />
			{relay.paused_code === null ? null : (
				<div className="small">
					<Badge tone="bad" icon="pause">
						paused
					</Badge>{" "}
					<Text value={relay.paused_reason ?? relay.paused_code} />
					{relay.paused_since === null ? null : (
						<span className="muted">
							, <Time at={relay.paused_since} />
						</span>
					)}
					<p className="muted">{relayPauseRemedy(relay.paused_code)}</p>
				</div>
			)}
		</div>
	);
}

/** What it does not send, apart from a pause. */
function Holding({ holding: { everything, counts } }: Pick<Relay, "holding">) {
	const parts =
		everything === null
			? Object.entries(counts).map(([code, count]) => `${plural(count, "trigger")} ${code}`)
			: [HOLD_WORDS[everything.code]];
	if (parts.length === 0) return null;
	return (
		<div className="small">
			<Badge tone="warn" icon="alert">
				holds back
			</Badge>{" "}
			{parts.join(", ")}
		</div>
	);
}

export function Relays({ overview }: { readonly overview: Overview }) {
	if (overview.relays.length > 0) {
		return <Table caption="Relays alive" columns={COLUMNS} rows={overview.relays} keyOf={({ name }) => name} />;
	}
	const last = overview.last_relay;
	return (
		<Empty icon="alert">
			<p>
				<strong>No relay is alive: nothing is sent.</strong>
			</p>
			<p>
				Start one: <code>reward-outbox relay</code>
			</p>
			{last === null ? null : (
				<p>
					The last was <Text value={last.name} cap={80} mono />, seen <Time at={last.seen_at} />
					{last.stopped_at === null ? "; it was not stopped" : "; it was stopped"}.
				</p>
			)}
		</Empty>
	);
}
