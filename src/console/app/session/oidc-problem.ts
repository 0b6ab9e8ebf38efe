interface InWords {
	readonly message: string;
	readonly remedy: string;
}

const ASK = "Whoever runs the relay finds the reason in its log: “signing in with OpenID Connect failed”.";

/** By the code in the address of the login. */
const PROBLEMS: Readonly<Record<string, InWords>> = {
	unreachable: { message: "The provider does not answer.", remedy: `Try again in a moment. ${ASK}` },
	misconfigured: { message: "The provider does not take this console as it is configured.", remedy: ASK },
	refused: { message: "The provider did not sign you in.", remedy: `Try again, and let it. ${ASK}` },
	expired: {
		message: "Signing in took more than ten minutes, or it began in another tab or under another address.",
		remedy: "Begin again here.",
	},
	invalid: { message: "The provider's answer does not hold.", remedy: `Begin again here. ${ASK}` },
	no_role: {
		message: "You are signed in at the provider, but nothing you are there lets you in here.",
		remedy: "Ask for a group or role that the console knows as viewer or operator.",
	},
	no_name: { message: "The provider tells no name of yours that could go on record.", remedy: ASK },
	busy: { message: "Too many are signing in at this moment.", remedy: "Try again in a moment." },
};

export function problemInWords(code: string): InWords {
	return PROBLEMS[code] ?? { message: "You could not be signed in.", remedy: `Begin again here. ${ASK}` };
}
