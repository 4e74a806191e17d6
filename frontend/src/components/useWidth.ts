import { useLayoutEffect, useRef, useState } from "react";

/** How wide an element is shown, so that a drawing's text keeps its size on every screen. */
export function useWidth<E extends Element>(usual: number) {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(usual);
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const observer = new ResizeObserver(([entry]) => {
      const now = Math.round(entry?.contentRect.width ?? 0);
      if (now > 0) setWidth(now);
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return { element, width };
}
