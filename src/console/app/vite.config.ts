import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev:console` finds the API: a relay, or `reward-outbox console`, on its usual address. */
const API = "http://127.0.0.1:8787";

export default defineConfig({
	root: import.meta.dirname,
	base: "/console/",
	plugins: [react()],
	build: {
		outDir: "../../../dist/console-app",
		emptyOutDir: true,
		// The console's Content-Security-Policy allows no data: addresses and nothing inline.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		// What reads numbers exactly as they were sent (JSON.rawJSON), and light-dark() in style sheets.
		target: ["chrome123", "firefox135", "safari18.4"],
		reportCompressedSize: false,
	},
	server: {
		// The server answers to names of its own only, and refuses what another origin sends: the proxy speaks as it would.
		proxy: { "/api": { target: API, changeOrigin: true, headers: { origin: API } } },
	},
});
