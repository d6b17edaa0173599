"""Commands for a person at a shell: devices, meter, test, install and uninstall."""
