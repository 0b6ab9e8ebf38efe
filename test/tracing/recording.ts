import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
	BasicTracerProvider,
	InMemorySpanExporter,
	type ReadableSpan,
	SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

/** The real SDK with an exporter in memory, registered as an application would. One per process. */
export function registerSdk() {
	const exporter = new InMemorySpanExporter();
	trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
	context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
	return {
		reset: () => exporter.reset(),
		/** Finished spans of this name, in the order of their ends. */
		spans: (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name),
		all: () => exporter.getFinishedSpans(),
	};
}

export function traceIdOf(span: ReadableSpan | undefined): string | undefined {
	return span?.spanContext().traceId;
}
