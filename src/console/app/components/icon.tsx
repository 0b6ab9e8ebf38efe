/**
 * Drawn on 24 × 24, in the colour of the text around them. They never stand alone for a meaning: words are beside them.
 */
const PATHS = {
	overview: "M4 13h6V4H4zM14 20h6V11h-6zM4 20h6v-4H4zM14 8h6V4h-6z",
	events: "M4 6h16M4 12h16M4 18h10",
	bulk: "M4 5h12M4 11h12M4 17h6M15 18l2.5 2.5L22 15",
	triggers: "M13 3 5 14h6l-1 7 8-11h-6z",
	watches:
		"M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
	operations: "M12 7v5l3.5 2M21 12a9 9 0 1 1-2.6-6.4M21 3.5V8h-4.5",
	receipts: "M6 3.5h12V21l-3-2-3 2-3-2-3 2zM9.5 8.5h5M9.5 12.5h5",
	retention: "M3.5 5h17v4h-17zM5.5 9v11h13V9M9.5 13h5",
	search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4",
	copy: "M9 9h11v11H9zM5 15H4V4h11v1",
	check: "M4 12.5 9.5 18 20 6.5",
	cross: "M6 6l12 12M18 6 6 18",
	alert: "M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.3",
	question: "M9 9.2a3 3 0 1 1 4.4 2.6c-1 .6-1.4 1.1-1.4 2.2M12 17.5v.3M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
	pause: "M8 5v14M16 5v14",
	play: "M7 4.5v15l12-7.5z",
	clock: "M12 7v5l3.5 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
	send: "M4 12h15M13 6l6 6-6 6",
	menu: "M4 7h16M4 12h16M4 17h16",
	sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
	moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
	auto: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
	out: "M14 4H5v16h9M10 12h11M17.5 8.5 21 12l-3.5 3.5",
	download: "M12 4v11M7 11l5 5 5-5M4 20h16",
	filter: "M4 5h16l-6 8v6l-4-2v-4z",
	link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.6 1.6M14 10a4 4 0 0 0-6-.4l-3 3A4 4 0 0 0 10.7 18.3l1.6-1.6",
	ban: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.7 5.7l12.6 12.6",
	person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 20.5c1-4 4-5.5 8-5.5s7 1.5 8 5.5",
	inbox: "M4 13v6h16v-6M4 13l2.5-8h11L20 13M4 13h5l1 2.5h4l1-2.5h5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
	return (
		<svg viewBox="0 0 24 24" fill="none" aria-hidden="true" focusable="false">
			<path d={PATHS[name]} stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />
		</svg>
	);
}
