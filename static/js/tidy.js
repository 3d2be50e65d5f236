// Filters that say nothing stay out of the address, so that it is short enough to be sent to somebody.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});
