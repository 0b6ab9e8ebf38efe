import type { ReactNode } from "react";

interface RunProgressProps {
	/** Null: not known. */
	readonly total: number | null;
	readonly examined: number;
	/** The same in words. */
	readonly children: ReactNode;
}

/** How far something is that works through many. */
export function RunProgress({ total, examined, children }: RunProgressProps) {
	return (
		<div className="progress">
			{total === null ? (
				<progress aria-label="Progress of the run" />
			) : (
				<progress aria-label="Progress of the run" max={Math.max(1, total)} value={examined} />
			)}
			<p className="num small">{children}</p>
		</div>
	);
}
