import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { TriggerRow } from "../../../../api/schema/triggers.ts";
import { pauseTrigger, resumeTrigger } from "../../api/calls.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { announce } from "../../components/announcer.tsx";
import { DecisionDialog, said } from "../../components/decision-dialog.tsx";
import { plural } from "../../components/numbers.ts";
import { Text } from "../../components/text.tsx";
import { WriteDialog } from "../../components/write-dialog.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { PolicyDialog } from "./policy-dialog.tsx";
import type { TriggerDialogProps } from "./trigger-dialog.ts";

type Open = "policy" | "pause" | "resume" | "test";

export function TriggerActions({ trigger }: { readonly trigger: TriggerRow }) {
	const [open, setOpen] = useState<Open | null>(null);
	const whyNot = useWhyNot();
	const queries = useQueryClient();
	const close = () => setOpen(null);
	const changed = async (what: string) => {
		announce(what);
		const keys = ["triggers", "overview", "operations"];
		await Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
	};
	const isPaused = trigger.paused_at !== null;
	return (
		<div className="row tight">
			<ActionButton look="small" whyNot={whyNot} onClick={() => setOpen("policy")}>
				Policy…
			</ActionButton>
			<ActionButton
				look="small"
				icon={isPaused ? "play" : "pause"}
				whyNot={whyNot}
				onClick={() => setOpen(isPaused ? "resume" : "pause")}
			>
				{isPaused ? "Resume…" : "Pause…"}
			</ActionButton>
			<ActionButton look="small" icon="send" whyNot={whyNot} onClick={() => setOpen("test")}>
				Test…
			</ActionButton>
			{open === "test" ? <TestDialog trigger={trigger} close={close} /> : null}
			{open === "policy" ? <PolicyDialog trigger={trigger} changed={changed} close={close} /> : null}
			{open === "pause" ? <PauseDialog trigger={trigger} changed={changed} close={close} /> : null}
			{open === "resume" ? <ResumeDialog trigger={trigger} changed={changed} close={close} /> : null}
		</div>
	);
}

function PauseDialog({ trigger, changed, close }: TriggerDialogProps) {
	const decide = async (reason: string) => {
		await pauseTrigger(trigger.trigger_id, { reason });
		await changed("The trigger is paused");
	};
	return (
		<DecisionDialog title="Pause this trigger" confirm="Pause" look="danger" decide={decide} close={close}>
			<p>
				Nothing of <Text value={trigger.trigger_id} cap={80} mono /> is sent until it is resumed. Its events stay
				pending; none is lost.
			</p>
		</DecisionDialog>
	);
}

function ResumeDialog({ trigger, changed, close }: TriggerDialogProps) {
	const decide = async (reason: string) => {
		await resumeTrigger(trigger.trigger_id, said(reason));
		await changed("The trigger is resumed");
	};
	return (
		<DecisionDialog title="Resume this trigger" confirm="Resume" isReasonOptional decide={decide} close={close}>
			<p>
				{plural(trigger.waiting, "waiting event")} of <Text value={trigger.trigger_id} cap={80} mono /> will be sent,
				within the trigger's limits.
			</p>
		</DecisionDialog>
	);
}

function TestDialog({ trigger, close }: Pick<TriggerDialogProps, "trigger" | "close">) {
	return (
		<WriteDialog
			title="Send a test event"
			trigger={trigger.trigger_id}
			user=""
			payload='{"value": 0}'
			mayDuplicate={false}
			close={close}
		>
			<p>It is sent like any other event, and rewards the user like any other: choose a user of your own.</p>
		</WriteDialog>
	);
}
