import { useQuery as useRead } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { providerAddress, providerEndAddress, readWaysIn, signIn } from "../api/calls.ts";
import { ApiFailure } from "../api/failure.ts";
import { Input } from "../components/field.tsx";
import { Icon } from "../components/icon.tsx";
import { useQuery, useTitle } from "../components/location.ts";
import { Failure, Note } from "../components/states.tsx";
import { ThemeSwitch } from "../components/theme.tsx";
import { problemInWords } from "./oidc-problem.ts";
import { useSignedIn } from "./session.tsx";

/** Only a place inside the console: an address in a link must not lead elsewhere. */
function safePlace(wanted: string | undefined): string {
	return wanted !== undefined && /^\/(?![/\\])/.test(wanted) && !wanted.startsWith("/login") ? wanted : "/";
}

export function LoginPage() {
	useTitle("Sign in");
	const { next, problem, out } = useQuery();
	const { data: ways } = useRead({ queryKey: ["ways in"], queryFn: readWaysIn, staleTime: Number.POSITIVE_INFINITY });
	const place = safePlace(next);
	return (
		<main className="centred">
			<div className="login">
				<div className="row between">
					<span className="brand">
						<Icon name="inbox" />
						reward-outbox
					</span>
					<ThemeSwitch />
				</div>
				<h1>Sign in</h1>
				{next === undefined ? null : <p className="muted">You will be led back to where you were.</p>}
				{problem === undefined ? null : <NotSignedIn problem={problem} />}
				{ways?.provider == null ? null : <WithProvider host={ways.provider} next={place} isOut={out !== undefined} />}
				{ways?.token === false ? null : (
					<>
						<LoginForm next={place} isOnly={ways?.provider == null} />
						<WhereTokensAre />
					</>
				)}
			</div>
		</main>
	);
}

function NotSignedIn({ problem }: { readonly problem: string }) {
	const { message, remedy } = problemInWords(problem);
	return (
		<Note tone="bad" urgent>
			<p>{message}</p>
			<p className="small">{remedy}</p>
		</Note>
	);
}

interface WithProviderProps {
	readonly host: string;
	readonly next: string;
	/** Somebody has just signed out here. */
	readonly isOut: boolean;
}

function WithProvider({ host, next, isOut }: WithProviderProps) {
	return (
		<div className="stack">
			{isOut ? (
				<Note tone="info" icon="out">
					<p>You are signed out here. {host} may still know you.</p>
					<p className="small">
						<a href={providerEndAddress}>Sign out there too</a>
					</p>
				</Note>
			) : null}
			<a className="button primary" href={providerAddress(next)}>
				Sign in with {host}
			</a>
		</div>
	);
}

function LoginForm({ next, isOnly }: { readonly next: string; readonly isOnly: boolean }) {
	const [token, setToken] = useState("");
	const [error, setError] = useState<unknown>(null);
	const [isBusy, setBusy] = useState(false);
	const waitSeconds = useWait(error);
	const signedIn = useSignedIn();
	const [, navigate] = useLocation();
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		setBusy(true);
		try {
			signedIn(await signIn({ token: token.trim() }));
			navigate(next, { replace: true });
		} catch (failure) {
			setError(failure);
			setBusy(false);
		}
	};
	return (
		<form className="stack" onSubmit={submit}>
			<Input
				label="Token"
				type="password"
				name="token"
				autoComplete="current-password"
				required
				value={token}
				onChange={(change) => setToken(change.target.value)}
			/>
			{error === null ? null : <LoginFailure error={error} waitSeconds={waitSeconds} />}
			<button
				type="submit"
				className={isOnly ? "button primary" : "button"}
				disabled={isBusy || token.trim() === "" || waitSeconds > 0}
			>
				{isBusy ? "Signing in…" : isOnly ? "Sign in" : "Sign in with a token"}
			</button>
		</form>
	);
}

function LoginFailure({ error, waitSeconds }: { readonly error: unknown; readonly waitSeconds: number }) {
	return (
		<Failure error={error}>
			{waitSeconds === 0 ? null : <p className="small num">Try again in {waitSeconds} s.</p>}
		</Failure>
	);
}

/** Seconds until the server accepts another try, counted down. */
function useWait(error: unknown): number {
	const [seconds, setSeconds] = useState(0);
	useEffect(() => {
		const wait = error instanceof ApiFailure && error.status === 429 ? (error.retryAfterSeconds ?? 0) : 0;
		setSeconds(wait);
		if (wait === 0) return;
		const timer = window.setInterval(() => setSeconds((left) => Math.max(0, left - 1)), 1000);
		return () => window.clearInterval(timer);
	}, [error]);
	return seconds;
}

function WhereTokensAre() {
	return (
		<details className="small">
			<summary>Where do I find a token?</summary>
			<div className="stack muted">
				<p>
					Whoever runs the relay has set them: one as <code>REWARD_OUTBOX_ADMIN_TOKEN</code> (or in the file that{" "}
					<code>REWARD_OUTBOX_ADMIN_TOKEN_FILE</code> names), others by name and role in the file that{" "}
					<code>REWARD_OUTBOX_TOKENS_FILE</code> names. Ask for one of your own: its name is what the operations log
					will say.
				</p>
				<p>
					<code>npm run demo</code> prints its token when it starts.
				</p>
			</div>
		</details>
	);
}
