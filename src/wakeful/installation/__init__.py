"""Installing Wakeful for one user: the unit of its service, its bus activation, a first config."""

from wakeful.installation.errors import InstallationError
from wakeful.installation.user import install_user, uninstall_user

__all__ = ["InstallationError", "install_user", "uninstall_user"]
