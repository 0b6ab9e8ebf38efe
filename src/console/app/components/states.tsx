import { type ReactNode, useRef } from "react";
import { AGAIN_EVERY_MS, failureInWords, isPassing } from "../api/failure.ts";
import type { Tone } from "./badge.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { Text } from "./text.tsx";

export function Loading({ what }: { readonly what: string }) {
	return (
		<div className="loading" role="status">
			<span className="spinner" aria-hidden="true" />
			Loading {what}…
		</div>
	);
}

export function Empty({ icon = "inbox", children }: { readonly icon?: IconName; readonly children: ReactNode }) {
	return (
		<div className="empty">
			<Icon name={icon} />
			<div>{children}</div>
		</div>
	);
}

interface NoteProps {
	readonly tone: Tone;
	readonly icon?: IconName;
	readonly children: ReactNode;
	/** Said at once by screen readers. */
	readonly urgent?: boolean;
}

export function Note({ tone, icon = "alert", children, urgent = false }: NoteProps) {
	return (
		<div className={`note tone-${tone}`} role={urgent ? "alert" : undefined}>
			<Icon name={icon} />
			<div>{children}</div>
		</div>
	);
}

interface FailureProps {
	readonly error: unknown;
	readonly retry?: () => void;
	/** What else there is to say. */
	readonly children?: ReactNode;
}

/** What went wrong, what to do, and another try. */
export function Failure({ error, retry, children }: FailureProps) {
	const { message, hint } = failureInWords(error);
	return (
		<Note tone="bad" urgent>
			<p>
				<Text value={message} />
			</p>
			{hint === null ? null : (
				<p className="small">
					<Text value={hint} />
				</p>
			)}
			{children}
			{retry === undefined ? null : (
				<div className="row">
					<button type="button" className="button small" onClick={retry}>
						Try again
					</button>
				</div>
			)}
		</Note>
	);
}

interface Loaded<Data> {
	readonly data: Data | undefined;
	readonly error: unknown;
	readonly refetch: () => unknown;
}

interface WhenLoadedProps<Data> {
	readonly query: Loaded<Data>;
	readonly what: string;
	readonly children: (data: Data) => ReactNode;
}

/**
 * What went wrong at the last try; it stays in sight while another one is under way. Null: nothing, or that is over.
 */
function useLastError<Data>({ data, error }: Loaded<Data>): unknown {
	const last = useRef<unknown>(null);
	if (error !== null && error !== undefined) last.current = error;
	else if (data !== undefined) last.current = null;
	return last.current;
}

/** Loading, failed, or there. Data that could not be refreshed stays, with a note above it. */
export function WhenLoaded<Data>({ query, what, children }: WhenLoadedProps<Data>) {
	const error = useLastError(query);
	const failure =
		error === null ? null : (
			<Failure error={error} retry={() => void query.refetch()}>
				{isPassing(error) ? <p className="small">It is tried again every {AGAIN_EVERY_MS / 1000} seconds.</p> : null}
			</Failure>
		);
	if (query.data === undefined) return failure ?? <Loading what={what} />;
	return (
		<>
			{failure}
			{children(query.data)}
		</>
	);
}
