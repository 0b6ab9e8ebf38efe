import { type ProxyTracerProvider, trace } from "@opentelemetry/api";

/**
 * Lets the SDK send what it has gathered, before the process ends.
 * @param timeoutMs how long that may take; what is left then is lost
 */
export async function flushTraces(timeoutMs: number): Promise<void> {
	const provider = trace.getTracerProvider() as Partial<ProxyTracerProvider>;
	const sdk = (provider.getDelegate?.() ?? provider) as { forceFlush?: () => Promise<void> };
	const late = Promise.withResolvers<void>();
	const timer = setTimeout(late.resolve, timeoutMs);
	// A collector that is away is no reason to fail.
	await Promise.race([Promise.resolve(sdk.forceFlush?.()).catch(() => {}), late.promise]);
	clearTimeout(timer);
}
