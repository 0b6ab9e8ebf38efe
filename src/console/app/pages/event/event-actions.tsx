import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Action, EventDetail } from "../../../../api/schema/event-detail.ts";
import { mayBeApplied } from "../../../../event/outcome.ts";
import { cancelEvent, resolveEvent, retryEvent } from "../../api/calls.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { announce } from "../../components/announcer.tsx";
import { DecisionDialog, said } from "../../components/decision-dialog.tsx";
import { Text } from "../../components/text.tsx";
import { WriteDialog } from "../../components/write-dialog.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { ResolveDialog } from "./resolve-dialog.tsx";

type Deed = "retry" | "cancel" | "resolve" | "edit";

export function EventActions({ detail }: { readonly detail: EventDetail }) {
	const [deed, setDeed] = useState<Deed | null>(null);
	const mayNot = useWhyNot();
	const whyNot = ({ allowed, why_not }: Action) => mayNot ?? (allowed ? null : (why_not ?? "not possible now"));
	const { retry, cancel, resolve } = detail.actions;
	const close = () => setDeed(null);
	return (
		<>
			<ActionButton icon="send" whyNot={whyNot(retry)} onClick={() => setDeed("retry")}>
				Retry…
			</ActionButton>
			<ActionButton icon="check" whyNot={whyNot(resolve)} onClick={() => setDeed("resolve")}>
				Resolve…
			</ActionButton>
			<ActionButton icon="copy" whyNot={mayNot} onClick={() => setDeed("edit")}>
				Edit and resend…
			</ActionButton>
			<ActionButton icon="ban" look="danger" whyNot={whyNot(cancel)} onClick={() => setDeed("cancel")}>
				Cancel…
			</ActionButton>
			{deed === "retry" ? <RetryDialog detail={detail} close={close} /> : null}
			{deed === "cancel" ? <CancelDialog detail={detail} close={close} /> : null}
			{deed === "edit" ? <EditDialog detail={detail} close={close} /> : null}
			{deed === "resolve" ? <ResolveWith detail={detail} close={close} /> : null}
		</>
	);
}

interface DeedProps {
	readonly detail: EventDetail;
	readonly close: () => void;
}

/** Everything about the event is read anew after a decision about it. */
function useRefresh(id: string): () => Promise<void> {
	const queries = useQueryClient();
	return async () => {
		const keys = [["event", id], ["events"], ["overview"], ["operations"]];
		await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
	};
}

function RetryDialog({ detail: { event, actions }, close }: DeedProps) {
	const refresh = useRefresh(event.id);
	const isRisky = actions.retry.may_duplicate;
	const decide = async (reason: string) => {
		await retryEvent(event.id, { ...said(reason), ...(isRisky ? { allow_duplicates: true } : {}) });
		announce("The event is pending again");
		await refresh();
	};
	return (
		<DecisionDialog
			title="Send this event again"
			confirm="Retry"
			risk={
				isRisky
					? {
							words:
								event.status === "delivered"
									? "Reward has accepted this event. Sending it again may reward the user twice."
									: "Reward may have applied this event already: an attempt ended without a clear answer. Sending it again may reward the user twice.",
							tick: "I have checked that, and want it sent again",
						}
					: null
			}
			isReasonOptional
			decide={decide}
			close={close}
		>
			<p>
				It goes back to pending, is due at once and gets a fresh budget of attempts. User{" "}
				<Text value={event.user_id} cap={80} mono />, trigger <Text value={event.trigger_id} cap={80} mono />.
			</p>
		</DecisionDialog>
	);
}

function CancelDialog({ detail: { event }, close }: DeedProps) {
	const refresh = useRefresh(event.id);
	const decide = async (reason: string) => {
		await cancelEvent(event.id, said(reason));
		announce("The event is cancelled");
		await refresh();
	};
	return (
		<DecisionDialog
			title="Cancel this event"
			confirm="Cancel the event"
			look="danger"
			isReasonOptional
			decide={decide}
			close={close}
		>
			<p>
				It will not be sent (again). What Reward has received already stays there. User{" "}
				<Text value={event.user_id} cap={80} mono /> gets nothing more for it; a later retry is possible.
			</p>
		</DecisionDialog>
	);
}

function ResolveWith({ detail: { event, actions }, close }: DeedProps) {
	const refresh = useRefresh(event.id);
	return (
		<ResolveDialog
			status={event.status}
			mayDuplicate={actions.resolve.may_duplicate}
			resolve={async (as, reason) => {
				await resolveEvent(event.id, { as, reason });
				announce(`The event is resolved as ${as}`);
				await refresh();
			}}
			close={close}
		/>
	);
}

function EditDialog({ detail: { event, attempts }, close }: DeedProps) {
	const isOpen = event.status === "pending" || event.status === "sending";
	return (
		<WriteDialog
			title="Edit, and send as a new event"
			trigger={event.trigger_id}
			user={event.user_id}
			payload={JSON.stringify(event.payload, null, 2)}
			of={event.id}
			mayDuplicate={isOpen || mayBeApplied(attempts) || event.status === "delivered"}
			close={close}
		>
			<p>
				A new event is written, with this one's metadata and ordering key. This one stays as it is, and the two name
				each other on record.
			</p>
		</WriteDialog>
	);
}
