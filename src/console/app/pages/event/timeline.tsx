import type { Attempt, EventDetail } from "../../../../api/schema/event-detail.ts";
import { OUTCOME_LOOKS, OutcomeBadge } from "../../components/badge.tsx";
import { Copy } from "../../components/copy.tsx";
import { Icon } from "../../components/icon.tsx";
import { milliseconds, plural } from "../../components/numbers.ts";
import { Prose } from "../../components/prose.tsx";
import { Empty } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { curlOf, requestPath } from "./curl.ts";

/**
 * Every request that was sent, or tried to be: what was answered, and what was made of it. The latest last, as it
 * happened.
 */
export function Timeline({ detail }: { readonly detail: EventDetail }) {
	const { attempts, attempts_left_out: leftOut, event } = detail;
	if (attempts.length === 0) return <Empty icon="clock">No attempt has been made yet.</Empty>;
	const gapAfter = leftOut === 0 ? null : gapIn(attempts);
	return (
		<div className="stack">
			<Request event={event} />
			<ol className="timeline">
				{attempts.map((attempt, index) => (
					<li key={`${attempt.attempt} ${attempt.outcome} ${attempt.started_at}`}>
						<Entry attempt={attempt} />
						{index === gapAfter ? (
							<p className="muted small">… {plural(leftOut, "attempt")} in between not shown …</p>
						) : null}
					</li>
				))}
			</ol>
		</div>
	);
}

/** Where the numbers jump: the middle of a very long history is left out. */
function gapIn(attempts: readonly Attempt[]): number | null {
	const index = attempts.findIndex(({ attempt }, at) => (attempts[at + 1]?.attempt ?? 0) > attempt + 1);
	return index === -1 ? null : index;
}

function Request({ event }: { readonly event: EventDetail["event"] }) {
	return (
		<details className="small">
			<summary>The request, the same at every attempt</summary>
			<div className="stack tight muted">
				<p className="mono">
					<Text value={`POST ${requestPath(event)}`} cap={400} />
				</p>
				<p className="mono">Idempotency-Key: {event.id}</p>
				<p>The body is the payload, byte for byte as the database prints it.</p>
				<div>
					<Copy text={curlOf(event)} what="as cURL" withWords />
				</div>
			</div>
		</details>
	);
}

function Entry({ attempt }: { readonly attempt: Attempt }) {
	const { tone, icon } = OUTCOME_LOOKS[attempt.outcome];
	return (
		<article className="attempt" aria-label={`Attempt ${attempt.attempt}`}>
			<span className={`attempt-mark tone-${tone}`}>
				<Icon name={icon} />
			</span>
			<div className="stack tight">
				<div className="row">
					<strong>Attempt {attempt.attempt}</strong>
					<OutcomeBadge outcome={attempt.outcome} />
					{attempt.http_status === null ? null : <span className="num">HTTP {attempt.http_status}</span>}
					<span className="muted small">
						<Time at={attempt.started_at} show="both" />
					</span>
				</div>
				<p className="small muted">
					{attempt.duration_ms === null
						? "took an unknown time: its relay died"
						: `took ${milliseconds(attempt.duration_ms)}`}
					{attempt.relay === null ? null : (
						<>
							, by relay <Text value={attempt.relay} cap={80} mono />
						</>
					)}
				</p>
				<ErrorLine attempt={attempt} />
				<Answer attempt={attempt} />
				<p className="decision">
					<span className="visually-hidden">Decided: </span>
					<Prose text={attempt.decision} cap={600} />
				</p>
			</div>
		</article>
	);
}

function ErrorLine({ attempt: { error_code, error_message } }: { readonly attempt: Attempt }) {
	if (error_code === null && error_message === null) return null;
	return (
		<p>
			{error_code === null ? null : (
				<>
					<Text value={error_code} cap={80} mono />{" "}
				</>
			)}
			{error_message === null ? null : <Text value={error_message} cap={400} />}
		</p>
	);
}

function Answer({ attempt: { response_body: body, response_headers: headers } }: { readonly attempt: Attempt }) {
	if (body === null && headers === null) return null;
	return (
		<details className="small">
			<summary>What Reward answered</summary>
			{headers === null ? null : (
				<dl className="headers" aria-label="Headers of the answer">
					{Object.entries(headers).map(([name, value]) => (
						<div key={name}>
							<dt>{name}</dt>
							<dd>
								<Text value={value} cap={200} mono />
							</dd>
						</div>
					))}
				</dl>
			)}
			{body === null ? null : (
				<pre className="answer">
					<Text value={body} cap={2000} mono multiline />
				</pre>
			)}
		</details>
	);
}
