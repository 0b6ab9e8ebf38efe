import { type ReactNode, useEffect, useId, useRef } from "react";
import { createPortal } from "react-dom";

interface DialogProps {
	readonly title: string;
	/** Escape, the Cancel button, or a click beside it. */
	readonly onClose: () => void;
	readonly children: ReactNode;
}

/**
 * A modal dialog: the browser keeps the focus inside, closes it on Escape and gives the focus back to where it came
 * from. It stands at the end of the document, whoever opens it: inside a table, the table's style would reach its
 * fields.
 */
export function Dialog({ title, onClose, children }: DialogProps) {
	const ref = useRef<HTMLDialogElement>(null);
	const id = useId();
	useEffect(() => {
		const dialog = ref.current;
		const before = document.activeElement;
		dialog?.showModal();
		return () => {
			dialog?.close();
			if (before instanceof HTMLElement && before.isConnected) before.focus();
		};
	}, []);
	return createPortal(
		<dialog
			ref={ref}
			className="dialog"
			aria-labelledby={id}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
		>
			<div className="dialog-body">
				<h2 id={id}>{title}</h2>
				{children}
			</div>
		</dialog>,
		document.body,
	);
}
