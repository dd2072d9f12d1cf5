"""Tells people what concerns them: messages inside Encadena, e-mail and calendar invitations."""
