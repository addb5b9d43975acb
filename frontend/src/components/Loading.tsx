/** Shown until the first page is loaded. */
export function Loading() {
  return (
    <p className="loading" role="status">
      Loading the shop…
    </p>
  );
}
