import type { TriggerRow } from "../../../../api/schema/triggers.ts";

/** What every dialog about a trigger is given. */
export interface TriggerDialogProps {
	readonly trigger: TriggerRow;
	/** Tells that something was done, and reads anew. */
	readonly changed: (what: string) => Promise<void>;
	readonly close: () => void;
}
