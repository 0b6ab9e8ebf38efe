import type { OutcomeClass, Status } from "../../../api/schema/events.ts";
import { Icon, type IconName } from "./icon.tsx";

export type Tone = "good" | "bad" | "warn" | "info" | "violet" | "neutral";

interface BadgeProps {
	readonly tone: Tone;
	readonly icon: IconName;
	readonly children: string;
	readonly title?: string;
}

export function Badge({ tone, icon, children, title }: BadgeProps) {
	return (
		<span className={`badge tone-${tone}`} title={title}>
			<Icon name={icon} />
			{children}
		</span>
	);
}

interface Look {
	readonly tone: Tone;
	readonly icon: IconName;
	readonly meaning: string;
}

export const STATUS_LOOKS: Readonly<Record<Status, Look>> = {
	pending: { tone: "warn", icon: "clock", meaning: "New, or waits for its next attempt" },
	sending: { tone: "info", icon: "send", meaning: "A relay is sending it right now" },
	delivered: { tone: "good", icon: "check", meaning: "Reward accepted it" },
	dead: { tone: "bad", icon: "cross", meaning: "Given up: it is not sent again by itself" },
	uncertain: { tone: "violet", icon: "question", meaning: "It may have been applied; a person has to find out" },
	cancelled: { tone: "neutral", icon: "ban", meaning: "A person took it back" },
};

export function StatusBadge({ status }: { readonly status: Status }) {
	const { tone, icon, meaning } = STATUS_LOOKS[status];
	return (
		<Badge tone={tone} icon={icon} title={meaning}>
			{status}
		</Badge>
	);
}

export const OUTCOME_LOOKS: Readonly<Record<OutcomeClass, Look & { readonly words: string; readonly colour: string }>> =
	{
		accepted: { tone: "good", icon: "check", colour: "--chart-accepted", words: "accepted", meaning: "Reward took it" },
		refused: {
			tone: "bad",
			icon: "cross",
			colour: "--chart-refused",
			words: "refused",
			meaning: "Reward did not take it",
		},
		not_sent: {
			tone: "neutral",
			icon: "ban",
			colour: "--chart-not-sent",
			words: "not sent",
			meaning: "The request never left the relay",
		},
		ambiguous: {
			tone: "violet",
			icon: "question",
			colour: "--chart-ambiguous",
			words: "ambiguous",
			meaning: "Reward may or may not have applied it",
		},
	};

export function OutcomeBadge({ outcome }: { readonly outcome: OutcomeClass }) {
	const { tone, icon, words, meaning } = OUTCOME_LOOKS[outcome];
	return (
		<Badge tone={tone} icon={icon} title={meaning}>
			{words}
		</Badge>
	);
}
