import { useEffect, useState } from "react";

let say: (text: string) => void = () => {};

/** Tells those who listen to the page what has just happened. */
export function announce(text: string): void {
	say(text);
}

/** The page's one live region. A text that is said twice is spoken twice, hence the count. */
export function Announcer() {
	const [said, setSaid] = useState({ text: "", count: 0 });
	useEffect(() => {
		say = (text) => setSaid(({ count }) => ({ text, count: count + 1 }));
		return () => {
			say = () => {};
		};
	}, []);
	return (
		<output className="visually-hidden" aria-live="polite">
			<span key={said.count}>{said.text}</span>
		</output>
	);
}
