// What an application's own otel.js does, with an exporter that prints: loaded by node --import before the relay.
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";

const exporter: SpanExporter = {
	export(spans, done) {
		for (const span of spans) {
			process.stderr.write(`${JSON.stringify({ span: span.name, trace: span.spanContext().traceId })}\n`);
		}
		done({ code: 0 });
	},
	shutdown: async () => {},
};
const processor = new BatchSpanProcessor(exporter, { scheduledDelayMillis: 60_000 });
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
