import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { isPassing } from "./api/failure.ts";
import { every } from "./api/repeat.ts";
import { App } from "./app.tsx";
import { applyStoredTheme } from "./components/theme.tsx";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/forms.css";
import "./styles/tables.css";
import "./styles/lists.css";
import "./styles/overview.css";
import "./styles/pages.css";
import "./styles/charts.css";
import "./styles/event.css";

const MOST_RETRIES = 2;

applyStoredTheme();
const queries = new QueryClient({
	// In tabs that nobody sees, polling rests (refetchIntervalInBackground is false); it goes on when they are seen
	// again.
	defaultOptions: {
		queries: {
			retry: (failures, error) => failures < MOST_RETRIES && isPassing(error),
			refetchInterval: every(false),
			staleTime: 1000,
			networkMode: "always",
		},
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
