// Notes the file systems of `TestFileSystems` before `main`.
