import { useId, useState } from "react";
import type { ResolveRequest } from "../../../../api/schema/event-detail.ts";
import type { Status } from "../../../../api/schema/events.ts";
import { DecisionDialog } from "../../components/decision-dialog.tsx";

type Found = ResolveRequest["as"];

interface ResolveDialogProps {
	readonly status: Status;
	readonly mayDuplicate: boolean;
	readonly resolve: (as: Found, reason: string) => Promise<void>;
	readonly close: () => void;
}

const CHOICES: readonly (readonly [as: Found, text: string, consequence: string])[] = [
	["delivered", "Reward has applied it", "It counts as delivered and is not sent again."],
	["not-delivered", "Reward has not applied it", "It goes back to pending and is sent again."],
];

const CONFIRM: Readonly<Record<Found, string>> = {
	delivered: "Resolve as delivered",
	"not-delivered": "Resolve as not delivered",
};

/** A person has found out what became of an event, for instance in Reward's dashboard. */
export function ResolveDialog({ status, mayDuplicate, resolve, close }: ResolveDialogProps) {
	// A decision about money has no default.
	const [as, setAs] = useState<Found | null>(null);
	const name = useId();
	// What is dead is known not to have been applied by its last attempt; it is retried, not resolved as that.
	const choices = CHOICES.filter(([found]) => found === "delivered" || status === "uncertain");
	const isRisky = as === "not-delivered" && mayDuplicate;
	return (
		<DecisionDialog
			title="What became of this event?"
			confirm={as === null ? "Resolve" : CONFIRM[as]}
			missing={as === null ? "What you found" : null}
			risk={
				isRisky
					? {
							words: "It is sent again. If Reward has applied it after all, the user is rewarded twice.",
							tick: "I have checked in Reward that it was not applied",
						}
					: null
			}
			decide={async (reason) => {
				if (as !== null) await resolve(as, reason);
			}}
			close={close}
		>
			<p>Look it up in Reward: did the user get it? Then say what you found.</p>
			<fieldset className="stack tight">
				<legend className="visually-hidden">What was found</legend>
				{choices.map(([found, text, consequence]) => (
					<label key={found} className="check">
						<input type="radio" name={name} checked={as === found} onChange={() => setAs(found)} />
						<span>
							{text}
							<br />
							<span className="small muted">{consequence}</span>
						</span>
					</label>
				))}
			</fieldset>
		</DecisionDialog>
	);
}
