/** Limits of the server. Nobody who can reach the port may slow the relay down, whatever he sends or does not send. */
export interface HttpLimits {
	/** Larger request bodies are answered with 413. Bytes. */
	readonly bodyBytes: number;
	/** How long a client may take for the headers. Milliseconds. */
	readonly headersTimeoutMs: number;
	/** How long a client may take for headers and body together. Milliseconds. */
	readonly requestTimeoutMs: number;
	/** How long a connection may be silent. Milliseconds. */
	readonly idleTimeoutMs: number;
	/** How long a probe waits for the health check. Milliseconds. */
	readonly healthDeadlineMs: number;
	/** Connections at once. A further one takes the place of the one that has been silent longest. */
	readonly connections: number;
	/** Of these, how many are left for health whatever else is asked. */
	readonly reservedForHealth: number;
}

export const HTTP_LIMITS: HttpLimits = {
	bodyBytes: 16 * 1024,
	headersTimeoutMs: 5000,
	requestTimeoutMs: 10_000,
	idleTimeoutMs: 30_000,
	// Below the usual timeouts of probes (Kubernetes: 1 s by default), so that they get an answer instead of silence.
	healthDeadlineMs: 900,
	connections: 256,
	reservedForHealth: 16,
};
