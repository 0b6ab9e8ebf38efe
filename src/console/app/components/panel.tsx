import { type ReactNode, useId } from "react";
import { Text } from "./text.tsx";

const TITLE_CAP = 200;

interface PanelProps {
	/** May hold what somebody typed. */
	readonly title: string;
	readonly aside?: ReactNode;
	/** The content reaches the border: tables. */
	readonly flush?: boolean;
	readonly children: ReactNode;
}

export function Panel({ title, aside, flush = false, children }: PanelProps) {
	const id = useId();
	return (
		<section className="panel" aria-labelledby={id}>
			<header>
				<h2 id={id}>
					<Text value={title} cap={TITLE_CAP} />
				</h2>
				{aside}
			</header>
			<div className={flush ? "body flush" : "body"}>{children}</div>
		</section>
	);
}

interface PageHeadProps {
	readonly title: string;
	readonly children?: ReactNode;
	readonly actions?: ReactNode;
}

export function PageHead({ title, children, actions }: PageHeadProps) {
	return (
		<div className="page-head">
			<div>
				<h1>{title}</h1>
				{children === undefined ? null : <p>{children}</p>}
			</div>
			{actions === undefined ? null : <div className="actions">{actions}</div>}
		</div>
	);
}
