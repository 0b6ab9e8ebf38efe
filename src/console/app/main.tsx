import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiFailure } from "./api/failure.ts";
import { App } from "./app.tsx";
import { applyStoredTheme } from "./components/theme.tsx";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/forms.css";
import "./styles/tables.css";
import "./styles/pages.css";
import "./styles/charts.css";
import "./styles/event.css";

const MOST_RETRIES = 2;

/** What the server refused, it refuses again; what did not reach it may reach it yet. */
function isWorthRetrying(failures: number, error: Error): boolean {
	const status = error instanceof ApiFailure ? error.status : null;
	return failures < MOST_RETRIES && (status === null || status >= 500);
}

applyStoredTheme();
const queries = new QueryClient({
	// In tabs that nobody sees, polling rests (refetchIntervalInBackground is false); it goes on when they are seen again.
	defaultOptions: {
		queries: { retry: isWorthRetrying, staleTime: 1000, networkMode: "always" },
		mutations: { networkMode: "always" },
	},
});
const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no #app");
createRoot(root).render(
	<StrictMode>
		<QueryClientProvider client={queries}>
			<App />
		</QueryClientProvider>
	</StrictMode>,
);
