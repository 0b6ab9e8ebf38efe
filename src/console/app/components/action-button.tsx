import type { ReactNode } from "react";
import { announce } from "./announcer.tsx";
import { Icon, type IconName } from "./icon.tsx";

interface ActionButtonProps {
	readonly icon?: IconName;
	readonly look?: "primary" | "danger" | "small";
	/** Why it cannot be used; null: it can. It stays reachable, so that everybody can learn the reason. */
	readonly whyNot: string | null;
	readonly onClick: () => void;
	readonly children: ReactNode;
}

export function ActionButton({ icon, look, whyNot, onClick, children }: ActionButtonProps) {
	const isOff = whyNot !== null;
	return (
		<button
			type="button"
			className={look === undefined ? "button" : `button ${look}`}
			aria-disabled={isOff}
			aria-description={whyNot ?? undefined}
			title={whyNot ?? undefined}
			onClick={() => (isOff ? announce(whyNot) : onClick())}
		>
			{icon === undefined ? null : <Icon name={icon} />}
			{children}
		</button>
	);
}
