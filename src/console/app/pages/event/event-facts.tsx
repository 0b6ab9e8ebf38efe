import type { ReactNode } from "react";
import { Link } from "wouter";
import type { EventDetail } from "../../../../api/schema/event-detail.ts";
import { TEXT_FIELDS } from "../../../../client/event-fields.ts";
import { FIELD_WORDS } from "../../../../words/event-fields.ts";
import { capitalized } from "../../components/capitalized.ts";
import { Copy } from "../../components/copy.tsx";
import { pathWith } from "../../components/location.ts";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";

export function EventFacts({ event }: { readonly event: EventDetail["event"] }) {
	return (
		<dl className="facts">
			<Fact name="User">
				<Named
					text={event.user_id}
					what="user"
					href={pathWith("/events", { user: event.user_id })}
					link="all their events"
				/>
			</Fact>
			<Fact name="Trigger">
				<Named
					text={event.trigger_id}
					what="trigger"
					href={pathWith("/triggers", { find: event.trigger_id })}
					link="its policy"
				/>
			</Fact>
			<Moment name="Written" at={event.created_at} />
			<Moment name="Not before" at={event.deliver_after} />
			<Moment name="Next attempt" at={event.next_attempt_at} />
			<Moment name="Delivered" at={event.delivered_at} />
			<Fact name="Attempts">{event.attempts}</Fact>
			{TEXT_FIELDS.map((name) => (
				<Key key={name} label={FIELD_WORDS[name].label} text={event[name]} />
			))}
			<Fact name="Written by">
				{event.source === null ? (
					"the application"
				) : (
					<>
						the watch{" "}
						<Named
							text={event.source}
							what="watch"
							href={pathWith("/watches", { watch: event.source })}
							link="its errors"
						/>
					</>
				)}
			</Fact>
		</dl>
	);
}

function Key({ label, text }: { readonly label: string; readonly text: string | null }) {
	if (text === null) return null;
	return (
		<Fact name={capitalized(label)}>
			<Named text={text} what={label} />
		</Fact>
	);
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
	return (
		<>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</>
	);
}

function Moment({ name, at }: { readonly name: string; readonly at: string | null }) {
	if (at === null) return null;
	return (
		<Fact name={name}>
			<Time at={at} show="both" />
		</Fact>
	);
}

interface NamedProps {
	readonly text: string;
	readonly what: string;
	readonly href?: string;
	readonly link?: string;
}

function Named({ text, what, href, link }: NamedProps) {
	const shown = <Text value={text} cap={120} mono />;
	return (
		<>
			{shown} <Copy text={text} what={what} />
			{href === undefined ? null : (
				<Link href={href} className="small">
					{link}
				</Link>
			)}
		</>
	);
}
