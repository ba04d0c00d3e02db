"""An intranet with one page that shows the assistant, and the few lines that tell it who asks.

Signing in is for show: whoever says that they are Alice is Alice.
"""

import os
import sys
import time
from pathlib import Path

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent
USERS = {"alice": ["editors"], "bob": ["desk"]}
TOKEN_LASTS_S = 300
COOKIE = "intranet-user"


def create_host(assistant: str, secret: str, *, token_lasts_s: int = TOKEN_LASTS_S) -> Starlette:
    """Return the intranet; `assistant` is an address, `secret` its ASSISTANT_JWT_SECRET."""
    page = (HERE / "page.html").read_text("utf-8").replace("{assistant}", assistant)
    policy = (
        f"default-src 'none'; script-src 'self' {assistant}; frame-src {assistant}; "
        "style-src 'self'; connect-src 'self'; form-action 'self'"
    )

    def show(_: Request) -> Response:
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    def token(request: Request) -> Response:
        user = request.cookies.get(COOKIE, "")
        if user not in USERS:
            return JSONResponse({"user": None, "token": None})
        claims = {
            "sub": user,
            "groups": USERS[user],
            "aud": "talks-assistant",
            "exp": time.time() + token_lasts_s,
        }
        signed = jwt.encode(claims, secret, algorithm="HS256")
        return JSONResponse({"user": user, "token": signed}, headers={"Cache-Control": "no-store"})

    def sign_in(request: Request) -> Response:
        response = RedirectResponse("../", status_code=303)
        response.set_cookie(COOKIE, request.path_params["user"], httponly=True, samesite="strict")
        return response

    return Starlette(
        routes=[
            Route("/", show),
            Route("/token", token),
            Route("/sign-in/{user}", sign_in, methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
    )


if __name__ == "__main__":
    if not os.environ.get("ASSISTANT_JWT_SECRET"):
        sys.exit("Set ASSISTANT_JWT_SECRET to the same value as for the assistant.")
    host = create_host(
        os.environ.get("ASSISTANT_PUBLIC_URL", "http://127.0.0.1:7860"),
        os.environ["ASSISTANT_JWT_SECRET"],
    )
    uvicorn.run(host, host="127.0.0.1", port=8000)
