import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { announce } from "./announcer.tsx";
import { Badge, type Tone } from "./badge.tsx";
import type { IconName } from "./icon.tsx";
import { Text } from "./text.tsx";

/** How each state of a run looks. */
export type Looks<State extends string> = Readonly<Record<State, readonly [tone: Tone, icon: IconName]>>;

interface StateBadgeProps<State extends string> {
	readonly state: State;
	readonly looks: Looks<State>;
}

export function StateBadge<State extends string>({ state, looks }: StateBadgeProps<State>) {
	const [tone, icon] = looks[state];
	return (
		<Badge tone={tone} icon={icon}>
			{state}
		</Badge>
	);
}

interface RunStateProps<State extends string> extends StateBadgeProps<State> {
	readonly error: string | null;
	/** Most characters of it that are shown. */
	readonly cap: number;
}

/** With what went wrong, if anything did. */
export function RunState<State extends string>({ error, cap, ...badge }: RunStateProps<State>) {
	return (
		<div className="stack tight">
			<StateBadge {...badge} />
			{error === null ? null : (
				<span className="small">
					<Text value={error} cap={cap} />
				</span>
			)}
		</div>
	);
}

type Decide = (deed: () => Promise<unknown>, said?: string) => void;

/** Decides about a run, and reads the list anew; what went wrong is kept to be shown. */
export function useRunDecision(list: string): readonly [error: unknown, decide: Decide] {
	const queries = useQueryClient();
	const [error, setError] = useState<unknown>(null);
	const decide = async (...[deed, said]: Parameters<Decide>) => {
		try {
			await deed();
			if (said !== undefined) announce(said);
			setError(null);
		} catch (failure) {
			setError(failure);
		}
		await queries.invalidateQueries({ queryKey: [list] });
	};
	return [error, (...asked) => void decide(...asked)];
}
